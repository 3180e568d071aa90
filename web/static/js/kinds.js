/**
 * The kinds of records in Chinese, as the ledger's own table names them (domain/acts.py).
 */

export const KINDS = new Map([
  ["ledger-founded/1", "台账设立"],
  ["rules-adopted/1", "规则版本采用"],
  ["keys-admitted/1", "密钥登记"],
  ["key-revoked/1", "密钥注销"],
  ["key-rotated/1", "密钥更换"],
  ["post-given/1", "岗位任命"],
  ["roll-page/1", "名册页"],
  ["roll-frozen/1", "名册定稿"],
  ["heads-bound/1", "密钥与业主关联"],
  ["poll-noticed/1", "表决公告"],
  ["notice-posted/1", "公告张贴"],
  ["flags-answered/1", "对程序提示的说明"],
  ["poll-opened/1", "表决开始"],
  ["ballot-cast/1", "投票"],
  ["ballot-sealed/1", "密封投票"],
  ["ballot-opened/1", "选票开示"],
  ["paper-page/1", "纸质代录"],
  ["page-keyed/1", "纸质复录"],
  ["entered-in-error/1", "代录更正"],
  ["poll-closed/1", "表决截止"],
  ["result-certified/1", "结果核定"],
  ["result-announced/1", "结果公告"],
  ["openings-erased/1", "密封内容删除"],
  ["keys-called/1", "密钥回访"],
  ["post-ended/1", "岗位终止"],
  ["supervisor-restored/1", "监督岗位补任"],
  ["confirmed/1", "复核同意"],
  ["declined/1", "复核不同意"],
]);
